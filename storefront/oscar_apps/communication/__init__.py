default_app_config = "storefront.oscar_apps.communication.apps.CommunicationConfig"
